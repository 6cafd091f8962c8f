import { testSimulation } from "./rounds.ts";

testSimulation("cluster");
