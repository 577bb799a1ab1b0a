package measure

import (
	"fmt"
	"strings"

	"github.com/parley-signaling/parley/bench/internal/load"
	"github.com/parley-signaling/parley/bench/internal/report"
)

// Title says in words what a scenario does.
func (s Scenario) Title() string {
	switch s.Kind {
	case load.Call:
		return s.callTitle()
	case load.Churn:
		return "connect, join, leave, close; " + s.flightTitle()
	case load.Idle:
		return fmt.Sprintf("%d connections in rooms of %d, silent", s.Connections(), s.Members)
	case load.Resume:
		return fmt.Sprintf("%s; %s; %s not dropped", s.roomsTitle(), s.dropTitle(), count(s.Bystanders, "room"))
	case load.Slow:
		return fmt.Sprintf("%s; %d members of each read %d B a second, but for %s", s.roomsTitle(), s.Slow, s.SlowBytes, count(s.Bystanders, "room"))
	case load.Soak:
		return fmt.Sprintf("everything at once for %s", s.Duration)
	}
	switch {
	case s.Knee:
		return fmt.Sprintf("%d × %d members, %d B; the rate grows until p99 exceeds %s", s.Rooms, s.Members, s.Payload, report.Duration(s.KneeP99))
	case s.Outstanding > 0:
		return fmt.Sprintf("%d × %d members, %d B; closed loop, %d outstanding per publisher", s.Rooms, s.Members, s.Payload, s.Outstanding)
	}
	return s.roomsTitle()
}

func (s Scenario) roomsTitle() string {
	return fmt.Sprintf("%d × %d members, %d B, %s messages/s a room", s.Rooms, s.Members, s.Payload, report.Short(s.Rate))
}

func (s Scenario) dropTitle() string {
	if s.Drop >= 1 {
		return "all sockets dropped at once"
	}
	return fmt.Sprintf("%s %% of the sockets dropped each second", report.Short(s.Drop*100))
}

func (s Scenario) callTitle() string {
	how := "two new connections a call"
	if s.Warm {
		how = "connections reused"
	}
	return "offer, answer, 2 × 10 candidates; " + how + "; " + s.flightTitle()
}

func (s Scenario) flightTitle() string {
	if s.Cycles > 0 {
		return fmt.Sprintf("%s begun a second", report.Short(s.Cycles))
	}
	return fmt.Sprintf("%d in flight", s.InFlight)
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", n, what))
}
