//! The command line: flags, commands, what is printed and how the process ends.
