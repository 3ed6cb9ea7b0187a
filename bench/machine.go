package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

// machine is where it ran, and what ran beside Banyan.
type machine struct {
	CPU     string   `json:"cpu"`
	Cores   int      `json:"cores"`
	OS      string   `json:"os"`
	Go      string   `json:"go"`
	Modules []string `json:"modules"`
}

func thisMachine() machine {
	return machine{
		CPU: processor(), Cores: runtime.NumCPU(), OS: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(),
		Modules: peers(),
	}
}

// processor is the model's name as Linux tells it; elsewhere the architecture stands for it.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(text)) {
		if name, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// peers are the versions that were built in.
func peers() []string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	var names []string
	for _, m := range info.Deps {
		switch m.Path {
		case "github.com/ThreeDotsLabs/watermill-sql/v4", "github.com/riverqueue/river", "github.com/riverqueue/river/riverdriver/riversqlite":
			names = append(names, strings.TrimPrefix(m.Path, "github.com/")+" "+m.Version)
		}
	}
	return names
}
