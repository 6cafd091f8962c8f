package main

import (
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"syscall"
)

// The kernel's clock ticks a second, as /proc counts them.
const ticksPerSecond = 100

// tree returns processes and all that descend from them.
func tree(roots []int) []int {
	parents := map[int]int{}
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil {
			if fields := stat(pid); fields != nil {
				parents[pid], _ = strconv.Atoi(fields[1])
			}
		}
	}
	var found []int
	for pid := range parents {
		for ancestor := pid; ancestor > 1; ancestor = parents[ancestor] {
			if contains(roots, ancestor) {
				found = append(found, pid)
				break
			}
		}
	}
	return found
}

func contains(list []int, value int) bool {
	for _, one := range list {
		if one == value {
			return true
		}
	}
	return false
}

// stat returns the fields of /proc/PID/stat behind the name.
func stat(pid int) []string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	s := string(b)
	return strings.Fields(s[strings.LastIndex(s, ")")+1:])
}

// cpuOf returns user and system time in seconds, with that of children that have ended.
func cpuOf(roots []int) float64 {
	ticks := 0
	for _, pid := range tree(roots) {
		if fields := stat(pid); fields != nil {
			for _, field := range fields[11:15] {
				n, _ := strconv.Atoi(field)
				ticks += n
			}
		}
	}
	return float64(ticks) / ticksPerSecond
}

// memoryOf returns the proportional set size in KiB: what processes share counts once.
func memoryOf(roots []int) int {
	sum := 0
	for _, pid := range tree(roots) {
		b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		for _, line := range strings.Split(string(b), "\n") {
			if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "Pss:" {
				n, _ := strconv.Atoi(fields[1])
				sum += n
			}
		}
	}
	return sum
}

// ownCPU returns the user and system time of this process in seconds.
func ownCPU() float64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}

func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return -1
	}
	sort.Float64s(values)
	return values[min(len(values)-1, int(q*float64(len(values))))]
}
