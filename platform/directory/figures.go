package directory

// Live is what a running process measures of a module. It is this process's part alone: others may run
// on the same schemas.
type Live struct {
	Rates       *Rates           `json:"rates,omitempty" doc:"Absent until the process has measured twice."`
	Held        map[string]int64 `json:"held" doc:"Events that it holds, by state: retry, behind, dead."`
	Pool        Pool             `json:"pool"`
	Schema      *Schema          `json:"schema,omitempty"`
	Unreachable bool             `json:"unreachable,omitempty" doc:"The schema did not answer in time, and is left out."`
}

// Rates are per second, over Seconds until now. What was never counted since the process began is not
// listed.
type Rates struct {
	Seconds    float64         `json:"seconds" doc:"How long they were measured for: a minute, less after a start."`
	Requests   []RequestRate   `json:"requests"`
	Calls      []CallRate      `json:"calls" doc:"To other modules."`
	Publishes  []PublishedRate `json:"publishes"`
	Takes      []TakenRate     `json:"takes"`
	Statements float64         `json:"statements" doc:"SQL statements; BEGIN, COMMIT and ROLLBACK apart."`
	Commits    float64         `json:"commits"`
}

// RequestRate is of one HTTP operation.
type RequestRate struct {
	Route   string  `json:"route"`
	Rate    float64 `json:"rate"`
	Refused float64 `json:"refused" doc:"Of them, answered by a status from 400 to 499."`
	Failed  float64 `json:"failed" doc:"Of them, answered by a status from 500."`
}

// CallRate is of one method of another module's contract.
type CallRate struct {
	To     string  `json:"to"`
	Method string  `json:"method"`
	Rate   float64 `json:"rate"`
	Failed float64 `json:"failed" doc:"Of them, answered by an error."`
}

// PublishedRate is of one event that the module states.
type PublishedRate struct {
	Event string  `json:"event"`
	Rate  float64 `json:"rate"`
}

// TakenRate is of one event that the module hears.
type TakenRate struct {
	Event string  `json:"event"`
	From  string  `json:"from"`
	Rate  float64 `json:"rate"`
	Held  float64 `json:"held" doc:"Besides: how many were held after a failure."`
}

// Pool is the connections to the module's schema. SQLite has one more, which writes.
type Pool struct {
	InUse int `json:"in_use"`
	Size  int `json:"size"`
}

// Schema is what the module's data takes, and what waits in it for all processes together.
type Schema struct {
	Pending int64            `json:"pending" doc:"Events in its outbox that not every consumer has taken yet."`
	Tasks   map[string]int64 `json:"tasks" doc:"Durable tasks by state: due, running, dead, cancelled."`
	Bytes   int64            `json:"bytes" doc:"On disk: on SQLite the file, on MySQL its own tables, about."`
	Tables  []TableSize      `json:"tables"`
}

// TableSize is the size of one table.
type TableSize struct {
	Name      string `json:"name"`
	Rows      int64  `json:"rows"`
	Estimated bool   `json:"estimated,omitempty" doc:"Rows and bytes are the database's own estimate."`
	AtLeast   bool   `json:"at_least,omitempty" doc:"There are more rows: counting stopped."`
	Bytes     *int64 `json:"bytes,omitempty" doc:"With its indexes; unknown on SQLite."`
}
