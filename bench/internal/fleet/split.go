package fleet

import "github.com/parley-signaling/parley/bench/internal/load"

// Split divides a job among n processes: whole rooms where there are enough, else slices of
// rooms. Lo, Hi, InFlight and Slot of the job count for the whole. The rooms that stand by
// while others' sockets are dropped get one more process, for themselves.
func Split(job load.Job, n int) []load.Job {
	if job.Scenario == load.Resume && job.Bystanders > 0 && job.Bystanders < job.Rooms {
		return splitBystanders(job, n)
	}
	jobs := make([]load.Job, n)
	unit := 1
	if job.Rooms >= n {
		unit = job.Members
	}
	units := 0
	if unit > 0 {
		units = job.Rooms * job.Members / unit
	}
	for i := range jobs {
		j := job
		j.Worker = i
		j.Lo, j.Hi = units*i/n*unit, units*(i+1)/n*unit
		j.Slot = job.InFlight * i / n
		j.InFlight = job.InFlight*(i+1)/n - j.Slot
		jobs[i] = j
	}
	return jobs
}

func splitBystanders(job load.Job, n int) []load.Job {
	rest := job
	rest.Scenario, rest.Rooms = "", job.Rooms-job.Bystanders
	jobs := Split(rest, n)
	from := job.Bystanders * job.Members
	for i := range jobs {
		j := &jobs[i]
		j.Scenario, j.Rooms, j.Worker = job.Scenario, job.Rooms, i+1
		j.Lo, j.Hi = j.Lo+from, j.Hi+from
	}
	job.Lo, job.Hi = 0, from
	return append([]load.Job{job}, jobs...)
}
