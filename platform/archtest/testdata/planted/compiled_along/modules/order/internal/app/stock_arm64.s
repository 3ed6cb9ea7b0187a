// want: is a file .s
TEXT ·readStock(SB),0,$0
	JMP example·com∕shop∕modules∕catalog∕internal∕store·read(SB)
