package feed_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const hashedRow = "1,n,d,b,x>y,http://a.example/1,S-1,5,6,7,L\n"

func hashOf(t *testing.T, mapping, feedText string) [32]byte {
	t.Helper()
	got := read(t, parse(t, mapping), "test", strings.NewReader(feedText))
	require.NotEmpty(t, got.products)
	return got.products[0].Hash
}

func TestTheHashIsTheSameWhereverTheRowStands(t *testing.T) {
	t.Parallel()
	want := hashOf(t, allFields, allColumns+hashedRow)
	require.Equal(t, want, hashOf(t, allFields, allColumns+"\n\n"+strings.ReplaceAll(hashedRow, "n,d", " n , d")))
	require.Equal(t, want, hashOf(t, allFields, allColumns+strings.Replace(hashedRow, ",5,", ",5.00 EUR,", 1)))
}

// A partner's whole catalogue would be written again if an update of the program changed
// hashes unintentionally: raise hashLayout when it is intended.
func TestTheHashOfAVersionIsForEver(t *testing.T) {
	t.Parallel()
	sum := hashOf(t, allFields, allColumns+hashedRow)
	require.Equal(t, "5ac4f90efab0b83e5f3181c27a10d89ddf1776371372ac2bac6f4220f71bf4bc", hex.EncodeToString(sum[:]))
}

func TestEveryValueChangesTheHash(t *testing.T) {
	t.Parallel()
	hashes := map[[32]byte]string{hashOf(t, allFields, allColumns+hashedRow): "the row itself"}
	rows := []string{
		"2,n,d,b,x>y,http://a.example/1,S-1,5,6,7,L\n",
		"1,m,d,b,x>y,http://a.example/1,S-1,5,6,7,L\n",
		"1,nd,,b,x>y,http://a.example/1,S-1,5,6,7,L\n",
		"1,n,e,b,x>y,http://a.example/1,S-1,5,6,7,L\n",
		"1,n,d,c,x>y,http://a.example/1,S-1,5,6,7,L\n",
		"1,n,d,b,xy,http://a.example/1,S-1,5,6,7,L\n",
		"1,n,d,b,x>y,http://a.example/2,S-1,5,6,7,L\n",
		"1,n,d,b,x>y,,S-1,5,6,7,L\n",
		"1,n,d,b,x>y,http://a.example/1,S-2,5,6,7,L\n",
		"1,n,d,b,x>y,http://a.example/1,S-1,5.01,6,7,L\n",
		"1,n,d,b,x>y,http://a.example/1,S-1,5 USD,6 USD,7,L\n",
		"1,n,d,b,x>y,http://a.example/1,S-1,5,7,7,L\n",
		"1,n,d,b,x>y,http://a.example/1,S-1,5,,7,L\n",
		"1,n,d,b,x>y,http://a.example/1,S-1,5,6,0,L\n",
		"1,n,d,b,x>y,http://a.example/1,S-1,5,6,,L\n",
		"1,n,d,b,x>y,http://a.example/1,S-1,5,6,7,M\n",
		"1,n,d,b,x>y,http://a.example/1,S-1,5,6,7,\n",
		hashedRow + "1,n,d,b,x>y,,S-3,5,6,7,XL\n",
	}
	for _, row := range rows {
		hash := hashOf(t, allFields, allColumns+row)
		require.Empty(t, hashes[hash], row)
		hashes[hash] = row
	}
	for _, mapping := range []string{
		"version: 1" + allFields,
		strings.Replace(allFields, "name: Size", "name: Fit", 1),
	} {
		hash := hashOf(t, mapping, allColumns+hashedRow)
		require.Empty(t, hashes[hash])
		hashes[hash] = mapping
	}
	require.Len(t, hashes, len(rows)+3)
}
