SELECT sku FROM stock WHERE held > 0
