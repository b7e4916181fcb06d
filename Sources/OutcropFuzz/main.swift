// Reads small inputs that are changed at random, until a count or a time is reached, and counts what happens:
// read as before, refused, or read with another meaning. `Scripts/fuzz` runs it for every reader.
//
//   OutcropFuzz READER [count=N] [seconds=S] [seed=K] [start=I] [folder=PATH]
//
// The same seed and number give the same input. An input lies in FOLDER/READER/input before it is read, and
// its number in FOLDER/READER/running, so that both survive a signal.

FuzzCommand.run(Array(CommandLine.arguments.dropFirst()))
