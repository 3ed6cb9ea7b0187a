package config_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/config"
)

func TestPeersAreModulesWithTheirAddresses(t *testing.T) {
	t.Parallel()
	c, err := config.Load([]string{
		"BANYAN_PEERS= catalog = http://10.0.0.5:8081/, h2c://10.0.0.6:8081 ;order=http://[::1]:9;",
		"BANYAN_PEER_SECRET=" + strings.Repeat("s", 32), "BANYAN_PEER_ADDR=0.0.0.0:8081",
	}, modules())
	require.NoError(t, err)
	require.Equal(t, "catalog=http://10.0.0.5:8081,h2c://10.0.0.6:8081;order=http://[::1]:9", c.Peers.String())
	require.Equal(t, "h2c", c.Peers["catalog"][1].Scheme)
	none, err := c.PeerTLS()
	require.NoError(t, err)
	require.Nil(t, none)
}

func TestOnThisMachineAloneProcessesNeedNoSecret(t *testing.T) {
	t.Parallel()
	_, err := config.Load([]string{"BANYAN_PEER_ADDR=127.0.0.1:8081", "BANYAN_PEERS=catalog=http://127.0.0.1:8082,h2c://[::1]:8083"}, modules())
	require.NoError(t, err)
}

func TestEachBadSettingOfPeersIsNamed(t *testing.T) {
	t.Parallel()
	secret := "BANYAN_PEER_SECRET=" + strings.Repeat("s", 32)
	for says, bad := range map[string][]string{
		"BANYAN_PEER_ADDR: must be HOST:PORT":                       {"BANYAN_PEER_ADDR=8081"},
		"BANYAN_PEER_ADDR: must differ from BANYAN_ADDR":            {"BANYAN_PEER_ADDR=127.0.0.1:8080"},
		"BANYAN_PEER_ADDR: is no loopback address, so that":         {"BANYAN_PEER_ADDR=:8081"},
		"BANYAN_PEER_SECRET: needs at least 32":                     {"BANYAN_PEER_SECRET=hunter2"},
		"BANYAN_PEER_CERT: wants BANYAN_PEER_KEY":                   {"BANYAN_PEER_KEY=key.pem"},
		`BANYAN_PEERS: there is no module "billing"`:                {"BANYAN_PEERS=billing=http://127.0.0.1:1"},
		"BANYAN_PEERS: http://10.0.0.5:1 of catalog is no loopback": {"BANYAN_PEERS=catalog=http://10.0.0.5:1"},
		"BANYAN_PEERS: https://127.0.0.1:1 of catalog wants":        {"BANYAN_PEERS=catalog=https://127.0.0.1:1", secret},
	} {
		_, err := config.Load(bad, modules())
		require.ErrorContains(t, err, says)
		require.NotContains(t, err.Error(), "\n")
	}
	_, err := config.Load([]string{"BANYAN_PEERS=catalog;order=http://u:hunter2@h:1,ftp://h:1,http://h,http://h:1/x;order=http://h:1"}, modules())
	require.ErrorContains(t, err, `BANYAN_PEERS: "catalog" is no module=address`)
	require.Equal(t, 4, strings.Count(err.Error(), "order: an address is http://HOST:PORT"))
	require.Contains(t, err.Error(), `"order=http://h:1" is no module=address`)
	require.NotContains(t, err.Error(), "hunter2")
}
