package measure

import (
	"bufio"
	"net/http"
	"strconv"
	"strings"
	"time"
)

var metricsClient = http.Client{Timeout: time.Second}

// goroutines reads the gauge that Go programs with Prometheus metrics have; 0: there is none.
func goroutines(url string) int {
	if url == "" {
		return 0
	}
	resp, err := metricsClient.Get(url)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if text, ok := strings.CutPrefix(lines.Text(), "go_goroutines "); ok {
			n, _ := strconv.ParseFloat(text, 64)
			return int(n)
		}
	}
	return 0
}
