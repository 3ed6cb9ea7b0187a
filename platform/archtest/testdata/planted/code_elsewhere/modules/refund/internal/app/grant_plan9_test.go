package app // want: is code of refund

func granted() {}
