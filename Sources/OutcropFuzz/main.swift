// Reads small inputs that are changed at random, until a count or a time is reached, and counts the results:
// an input is read as before, rejected, or read with another meaning. `Scripts/fuzz` runs it for every
// reader.
//
//   OutcropFuzz READER [count=N] [seconds=S] [seed=K] [start=I] [folder=PATH]
//
// The same seed and number give the same input. Before an input is read, it is written to
// FOLDER/READER/input, and its number to FOLDER/READER/running, so that both exist after a signal.

FuzzCommand.run(Array(CommandLine.arguments.dropFirst()))
