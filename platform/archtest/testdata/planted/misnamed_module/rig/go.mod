// A rig beside the areas.
module example.com/rig // want: calls its Go module "example.com/rig"
