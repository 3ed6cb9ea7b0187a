int fast(void) { return 1; } // want: is a file .c
