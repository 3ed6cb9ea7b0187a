package money

import "fmt"

// Currency is an ISO 4217 alphabetic code in upper case, such as "KRW". In JSON
// it is that plain string.
type Currency string

// Valid answers ErrUnknownCurrency unless Exponent knows the currency.
func (c Currency) Valid() error {
	_, err := Exponent(c)
	return err
}

// Exponent answers how many decimals the minor unit has: 0 for KRW, 2 for EUR,
// 3 for KWD; ErrUnknownCurrency.
//
// Source: ISO 4217, list one (current currency and funds codes) with its
// amendments up to BGN's end on 1 January 2026. Codes whose minor unit the list
// gives as "N.A." (metals, XDR, XSU, XUA, bond-market units, XTS, XXX) are
// unknown here: no shop can take them.
func Exponent(c Currency) (int, error) {
	switch c {
	case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF",
		"UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF":
		return 0, nil
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3, nil
	case "CLF", "UYW":
		return 4, nil
	case "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN",
		"BAM", "BBD", "BDT", "BMD", "BND", "BOB", "BOV", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD",
		"CAD", "CDF", "CHE", "CHF", "CHW", "CNY", "COP", "COU", "CRC", "CUP", "CVE", "CZK",
		"DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP",
		"GBP", "GEL", "GHS", "GIP", "GMD", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF",
		"IDR", "ILS", "INR", "IRR", "JMD", "KES", "KGS", "KHR", "KPW", "KYD", "KZT",
		"LAK", "LBP", "LKR", "LRD", "LSL",
		"MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MXV", "MYR", "MZN",
		"NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "QAR",
		"RON", "RSD", "RUB", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP",
		"STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TOP", "TRY", "TTD", "TWD", "TZS",
		"UAH", "USD", "USN", "UYU", "UZS", "VED", "VES", "WST", "XCD", "XCG", "YER",
		"ZAR", "ZMW", "ZWG":
		return 2, nil
	}
	return 0, fmt.Errorf("%w: %.16q", ErrUnknownCurrency, string(c))
}
