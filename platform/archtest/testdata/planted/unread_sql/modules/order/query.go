package order

// CountQuery is for whoever wants to count.
const CountQuery = "SELECT COUNT(*) FROM purchase_order" // want: holds SQL in the contract of module order
