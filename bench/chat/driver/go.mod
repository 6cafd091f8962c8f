module hubbub/bench/driver

go 1.22
