package main

const peek = `UPDATE stock SET held = 0` // want: table stock of module catalog
