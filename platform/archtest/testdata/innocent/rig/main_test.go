package main

const sold = `SELECT COUNT(*) FROM stock WHERE on_hand < 0`
