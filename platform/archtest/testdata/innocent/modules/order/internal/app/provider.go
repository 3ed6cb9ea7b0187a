package app

// A provider's paths may be spelt as catalog's are.
const provider = "https://api.example.com/v1/products"

func pay(base string) string { return base + "/products" }
