package fetch

import _ "net/http"
