import { testSimulation } from "./rounds.ts";

testSimulation("one");
