"""Pure estimation: no await, thread, clock, log or file; time arrives as an argument."""
