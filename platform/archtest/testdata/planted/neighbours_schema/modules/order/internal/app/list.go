package app

const list = "../../../catalog/internal/app/stock.yaml" // want: names modules/catalog/internal/app/stock.yaml by a path
