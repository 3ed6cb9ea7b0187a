package main

var verbose bool // want: keeps the variable verbose

func set() { verbose = true } // want: assigns to verbose
