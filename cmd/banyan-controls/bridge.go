package main

const (
	underKills  = "TestNothingGoesWrongWhileAnybodyIsKilled"
	subscribeGo = bridgeRig + "/subscribe.go"
)

// bridgeBugs are those between processes.
func bridgeBugs() []bug {
	list := []bug{
		{name: "nothing planted, over a broker", test: underKills},
		{
			name: "acknowledged to the broker before the commit", test: underKills, finds: "(lost|disordered): .*",
			edits: []edit{{subscribeGo, "	err = s.take(ctx, e)\n", "	_ = m.Ack()\n	err = s.take(ctx, e)\n"}},
		},
		{
			name: "no inbox, over a broker", test: underKills, finds: "doubled: .*",
			edits: []edit{{
				"platform/bus/consumer.go", "		case sqldb.IsDuplicate(err):\n			return nil\n",
				"		case sqldb.IsDuplicate(err):\n			return c.run(ctx, tx, h, e)\n",
			}},
		},
		{
			name: "many of a partition at a time", test: underKills, finds: "disordered: .*",
			edits: []edit{
				{subscribeGo, "		MaxAckPending: 1, ", "		MaxAckPending: 64, "},
				{subscribeGo, "PullMaxMessages(1)", "PullMaxMessages(64)"},
				{subscribeGo, "		s.handle(ctx, m)\n", "		go s.handle(ctx, m)\n"},
			},
		},
		{
			name: "messages without an ID", test: "TestEventsOfTwoPublishersAreDoubledNowhere", finds: "the broker knows them by their IDs",
			edits: []edit{{bridgeRig + "/message.go", "	m.Header[nats.MsgIdHdr] = []string{e.ID.String()}\n", ""}},
		},
		{
			name: "what the broker refuses counts as confirmed", test: "TestAFullStreamRefusesAndNothingIsDropped", finds: "(has [0-9]+ of|Should be|not positive).*",
			edits: []edit{{"platform/bus/bridge.go", "			refused, cause = append(refused, it), err\n", "			cause = err\n			it.from.finished(it)\n			f.queue.done(it)\n"}},
		},
		{
			name: "nothing is taken first on the way back", test: "TestAModuleComesBackAndTakesFirst", finds: "is with the broker alone.*",
			edits: []edit{{"platform/bus/edge.go", "	if err := e.drain(ctx); err != nil {", "	if err := ctx.Err(); err != nil {"}},
		},
		{
			name: "bridges overlook the lease", test: "TestAProcessWithAllModulesAndOneWithSomeGoTogether", finds: "(has [0-9]+ of|disordered|lost).*",
			edits: []edit{
				{"platform/bus/edge.go", "		case row.Taken, slices", "		case slices"},
				{"platform/bus/edge.go", "WHERE consumer = ? AND local_until < %s\"", "WHERE consumer = ? AND 0 < %s\""},
			},
		},
		{
			name: "a broker's loss goes unnoticed", test: "TestWhatABrokerHasLostIsPublishedAgain", finds: "(has [0-9]+ of|disordered).*",
			edits: []edit{{"platform/bus/bridged.go", "WHERE born <> ? OR reached > ?", "WHERE born < ? AND reached < ? AND 1 = 0"}},
		},
		{
			name: "who stops keeps what he has", test: "TestWhoStopsGivesBackWhatHeHasNotDone", finds: "the other one goes on.*",
			edits: []edit{{subscribeGo, "		err = m.Nak()\n", "		err = nil\n"}},
		},
		{
			name: "who works says nothing", test: "TestALongHandlerKeepsItsEvent", finds: "Should be zero.*",
			edits: []edit{{subscribeGo, "			if err := m.InProgress(); err != nil {", "			if err := error(nil); err != nil {"}},
		},
		{
			name: "partitions are not compared", test: "TestAnotherNumberOfPartitionsIsRefused", finds: "stream does not fit.*",
			edits: []edit{{bridgeRig + "/jetstream.go", "; have != want {", "; have != want && have == \"\" {"}},
		},
	}
	for i := range list {
		list[i].rig = bridgeRig
	}
	return list
}
