package order

const TopicPlaced = "order.placed"
