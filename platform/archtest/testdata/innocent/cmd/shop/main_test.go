package main

// Tests of the whole program look at all schemas.
const sold = `SELECT COUNT(*) FROM stock WHERE on_hand < 0`
