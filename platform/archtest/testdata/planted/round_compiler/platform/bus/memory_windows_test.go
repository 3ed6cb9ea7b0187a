package bus

import memory "unsafe" // want: imports unsafe

var _ memory.Pointer
