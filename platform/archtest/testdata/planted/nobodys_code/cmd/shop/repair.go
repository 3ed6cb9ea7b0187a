package main

const repair = `UPDATE stock SET held = 0` // want: table stock of module catalog
