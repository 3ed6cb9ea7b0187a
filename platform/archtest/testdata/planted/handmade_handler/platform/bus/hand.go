package bus

func Handmade(name string) Handler { return Handler{} }
