package feed

import (
	"crypto/sha256"
	"encoding/base32"
	"regexp"
	"strings"
)

// validSource names a source in a SKU without ambiguity: it has no point.
func validSource(name string) bool {
	return regexp.MustCompile(`^[a-z0-9_-]{1,24}$`).MatchString(name)
}

// deriveSKU names a variant whose partner has no SKU for it: the same for the same
// source, ID and options, always, and different for different ones. It is "source.id"
// where the ID can stand in a URL and a column as it is, else "source.~" and a digest;
// options add a digest of theirs. Example: bigbasket.27555, roasters.KE-07.6C2YOGDX.
func deriveSKU(source, partnerID string, options []Option) string {
	suffix := ""
	if len(options) > 0 {
		var d digest
		for _, option := range options {
			d.texts(option.Name, option.Value)
		}
		suffix = "." + shortDigest(d.bytes, 8)
	}
	sku := source + "." + partnerID + suffix
	if plainID(partnerID) && len(sku) <= MaxSKU {
		return sku
	}
	return source + ".~" + shortDigest([]byte(partnerID), 24) + suffix
}

// plainID has neither the point nor the tilde that deriveSKU puts around it.
func plainID(id string) bool {
	return strings.Trim(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// shortDigest answers five bits a character: 24 never collide by accident, 8 are enough
// among the variants of one product, where a collision would be a rejected row.
func shortDigest(data []byte, characters int) string {
	sum := sha256.Sum256(data)
	return base32.StdEncoding.EncodeToString(sum[:])[:characters]
}
