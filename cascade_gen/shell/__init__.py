"""What the command line needs besides the compiler: to find targets, to read inputs, to print and to fail."""
