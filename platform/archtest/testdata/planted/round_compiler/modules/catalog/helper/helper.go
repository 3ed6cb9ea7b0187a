package helper

import . "reflect" // want: is code of module catalog that runs

type Kinds []Kind
