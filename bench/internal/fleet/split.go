package fleet

import "github.com/parley-signaling/parley/bench/internal/load"

// Split divides a job among n processes: whole rooms where there are enough, else slices of
// rooms. Lo, Hi, InFlight and Slot of the job count for the whole.
func Split(job load.Job, n int) []load.Job {
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
