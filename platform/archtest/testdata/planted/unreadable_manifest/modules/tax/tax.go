package tax // want: declares no func Manifest
