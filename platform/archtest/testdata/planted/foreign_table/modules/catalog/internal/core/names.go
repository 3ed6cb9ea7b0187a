package core

const Orders = "purchase_order"
