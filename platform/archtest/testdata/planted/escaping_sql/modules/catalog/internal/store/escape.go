package store

const (
	used     = "use banyan_order"                                                                   // want: leaves its schema by use
	use      = "USE banyan_order"                                                                   // want: leaves its schema by USE
	attach   = "ATTACH DATABASE 'order.db' AS o"                                                    // want: leaves its schema by ATTACH
	attached = "attach 'order.db' as o"                                                             // want: leaves its schema by attach
	detach   = "DETACH o"                                                                           // want: leaves its schema by DETACH
	show     = "SHOW TABLES"                                                                        // want: reads the catalogue by SHOW TABLES
	shown    = "SHOW COLUMNS FROM stock"                                                            // want: reads the catalogue by SHOW COLUMNS
	vacuum   = "VACUUM INTO 'elsewhere.db'"                                                         // want: leaves its schema by VACUUM
	prepare  = "PREPARE p FROM 'SELECT 1'"                                                          // want: hides what it does behind PREPARE
	prepared = "prepare p from @text"                                                               // want: hides what it does behind prepare
	execute  = "EXECUTE p USING @a"                                                                 // want: hides what it does behind EXECUTE
	at_once  = "EXECUTE IMMEDIATE @text"                                                            // want: hides what it does behind EXECUTE
	call     = "CALL totals(?)"                                                                     // want: hides what it does behind CALL
	block    = "BEGIN NOT ATOMIC UPDATE stock SET held = 0; END"                                    // want: hides what it does behind BEGIN NOT ATOMIC
	handler  = "HANDLER stock OPEN"                                                                 // want: hides what it does behind HANDLER
	load     = "LOAD DATA INFILE '/f' INTO TABLE stock"                                             // want: hides what it does behind LOAD DATA
	outfile  = "SELECT sku INTO OUTFILE '/f' FROM stock"                                            // want: hides what it does behind INTO OUTFILE
	file     = "SELECT LOAD_FILE('/f') FROM stock"                                                  // want: hides what it does behind LOAD_FILE
	view     = "CREATE OR REPLACE VIEW v AS SELECT sku FROM stock"                                  // want: hides what it does behind CREATE OR REPLACE VIEW
	trigger  = "CREATE TRIGGER t AFTER UPDATE ON stock FOR EACH ROW UPDATE stock SET held = 0"      // want: hides what it does behind CREATE TRIGGER
	event    = "CREATE DEFINER = CURRENT_USER EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM stock" // want: hides what it does behind CREATE DEFINER = CURRENT_USER EVENT
	virtual  = "CREATE VIRTUAL TABLE stock USING fts5 (name)"                                       // want: hides what it does behind CREATE VIRTUAL
	pragma   = "PRAGMA writable_schema = ON"                                                        // want: changes what others use too by PRAGMA
	pragmas  = "SELECT name FROM pragma_table_info('stock')"                                        // want: reads the catalogue by pragma_table_info
	global   = "SET GLOBAL sql_mode = ''"                                                           // want: changes what others use too by SET GLOBAL
	variable = "SET @other = 1"                                                                     // want: changes what others use too by SET
	grant    = "GRANT SELECT ON stock TO order_user"                                                // want: changes what others use too by GRANT
	kill     = "KILL 12"                                                                            // want: changes what others use too by KILL
	flush    = "FLUSH TABLES stock"                                                                 // want: changes what others use too by FLUSH TABLES
	hidden   = "/*!40101 USE banyan_order */"                                                       // want: leaves its schema by USE
	second   = "DELETE FROM stock; USE banyan_order"                                                // want: leaves its schema by USE
	describe = "PRAGMA table_info(stock)"                                                           // want: reads the catalogue by PRAGMA table_info
	lock     = "SELECT GET_LOCK('stock', 10)"                                                       // want: takes what is the whole server's or session's by GET_LOCK
	unlock   = "DO RELEASE_LOCK('stock')"                                                           // want: takes what is the whole server's or session's by RELEASE_LOCK
	wait     = "SELECT sleep(1) FROM stock"                                                         // want: takes what is the whole server's or session's by sleep
	session  = "UPDATE stock SET held = @held"                                                      // want: takes what is the whole server's or session's by @ held
	next     = "INSERT INTO stock (sku) VALUES (NEXTVAL(numbers))"                                  // want: takes what is the whole server's or session's by NEXTVAL
	value    = "SELECT NEXT VALUE FOR numbers"                                                      // want: takes what is the whole server's or session's by NEXT VALUE FOR
	now      = "UPDATE stock SET held = 0 WHERE until < NOW()"                                      // want: asks the clock of the server by NOW
	piece    = " AND until < CURRENT_TIMESTAMP"                                                     // want: asks the clock of the server by CURRENT_TIMESTAMP
	epoch    = "DELETE FROM stock WHERE until < unixepoch()"                                        // want: asks the clock of the server by unixepoch
	dashes   = `SELECT sku FROM stock -- ' \
; DETACH o` // want: leaves its schema by DETACH
)
