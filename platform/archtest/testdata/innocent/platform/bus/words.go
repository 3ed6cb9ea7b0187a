package bus

import "fmt"

// words are plain ones, some of which modules are called by.
func words(key string) (string, error) {
	known := map[string]string{"order": "sorted", "catalog": "listed"}
	if key == "sort" {
		return known["order"], nil
	}
	return "", fmt.Errorf("order.placed: %s", key)
}
