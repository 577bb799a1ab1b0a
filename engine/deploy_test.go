package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

const someSecret = "0123456789abcdef"

// documents reads a file of YAML documents.
func documents(t *testing.T, name string) (list []map[string]any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("deploy", name))
	require.NoError(t, err)
	for d := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var one map[string]any
		if err := d.Decode(&one); errors.Is(err, io.EOF) {
			return list
		} else {
			require.NoError(t, err, name)
		}
		list = append(list, one)
	}
}

// at follows a path of keys.
func at[T any](t *testing.T, in any, path ...any) T {
	t.Helper()
	for _, key := range path {
		switch k := key.(type) {
		case string:
			m, ok := in.(map[string]any)
			require.True(t, ok, "%v", path)
			in, ok = m[k]
			require.True(t, ok, "%v: there is no %q", path, k)
		case int:
			l, ok := in.([]any)
			require.True(t, ok && len(l) > k, "%v", path)
			in = l[k]
		}
	}
	v, ok := in.(T)
	require.True(t, ok, "%v is a %T", path, in)
	return v
}

func words(list []any) (out []string) {
	for _, w := range list {
		out = append(out, w.(string))
	}
	return out
}

// Every flag and every variable that the files name, in comments and in prose too, is a setting.
func TestDeployNamesNothingButSettings(t *testing.T) {
	k, err := newParser(&settings{}, io.Discard, func(int) {})
	require.NoError(t, err)
	var flags, variables []string
	for _, f := range k.Model.Flags {
		flags = append(flags, f.Name)
		variables = append(variables, f.Envs...)
	}
	others := []string{"from", "chown", "build", "from-literal"} // of docker and kubectl
	files, err := filepath.Glob("deploy/*")
	require.NoError(t, err)
	require.Len(t, files, 6)
	named := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range regexp.MustCompile(`(?:^|[^a-z-])--([a-z][a-z0-9-]*)`).FindAllSubmatch(text, -1) {
			require.Contains(t, append(others, flags...), string(m[1]), file)
			named++
		}
		for _, m := range regexp.MustCompile(`PARLEY_[A-Z0-9_]+`).FindAll(text, -1) {
			require.Contains(t, variables, string(m), file)
			named++
		}
		for _, m := range regexp.MustCompile(`\bcluster-[a-z-]+`).FindAll(text, -1) {
			require.Contains(t, append([]string{"cluster-secret"}, flags...), string(m), file)
			named++
		}
	}
	require.Greater(t, named, 30)
}

func TestSystemdsFilesAreRight(t *testing.T) {
	unit, err := os.ReadFile("deploy/parley.service")
	require.NoError(t, err)
	require.Contains(t, string(unit), "ExecStart=/usr/local/bin/parley --config=/etc/parley/parley.yaml\n")
	require.Contains(t, string(unit), "RestartPreventExitStatus=2\n")
	t.Setenv("PARLEY_CLUSTER_SECRET", someSecret)
	s, err := read(t, "--config=deploy/parley.yaml")
	require.NoError(t, err)
	require.True(t, s.ClusterEmbedded)
	require.Len(t, s.ClusterRoutes, 3)
	stop := regexp.MustCompile(`TimeoutStopSec=(\d+)`).FindStringSubmatch(string(unit))
	require.Equal(t, "60", stop[1])
	require.Less(t, (s.DrainDelay + s.DrainTimeout).Seconds(), 60.0, "systemd waits for the drain")

	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Log("systemd-analyze is missing: it is not asked")
		return
	}
	dir := t.TempDir()
	program := filepath.Join(dir, "parley")
	require.NoError(t, os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755))
	file := filepath.Join(dir, "parley.service")
	require.NoError(t, os.WriteFile(file, []byte(strings.ReplaceAll(string(unit), "/usr/local/bin/parley", program)), 0o644))
	out, err := exec.Command(tool, "verify", file).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.NotContains(t, string(out), "parley.service:", "it complains of a line")
}

func TestComposesFileIsRight(t *testing.T) {
	d := documents(t, "compose.yaml")[0]
	for _, name := range []string{"one", "two", "three"} {
		service := at[map[string]any](t, d, "services", name)
		for key, v := range at[map[string]any](t, service, "environment") {
			value := v.(string)
			if strings.HasPrefix(value, "${PARLEY_CLUSTER_SECRET:?") {
				value = someSecret
			}
			t.Setenv(key, value)
		}
		s, err := read(t, words(at[[]any](t, service, "command"))...)
		require.NoError(t, err)
		require.Empty(t, s.warnings, "every variable is a setting")
		require.Equal(t, name, s.ClusterNode)
		require.Contains(t, s.ClusterRoutes, name+":6222")
		require.Equal(t, "engine/deploy/Dockerfile", at[string](t, service, "build", "dockerfile"))
		require.Equal(t, []any{name + ":/var/lib/parley"}, at[[]any](t, service, "volumes"))
		require.Contains(t, at[map[string]any](t, d, "volumes"), name)
	}
	docker, err := os.ReadFile("deploy/Dockerfile")
	require.NoError(t, err)
	require.Contains(t, string(docker), "ENV PARLEY_CLUSTER_STORE=/var/lib/parley\n")
}

func TestKubernetesFileIsRight(t *testing.T) {
	byKind := map[string]map[string]any{}
	var headless map[string]any
	for _, d := range documents(t, "kubernetes.yaml") {
		byKind[at[string](t, d, "kind")] = d
		if d["kind"] == "Service" && at[map[string]any](t, d, "spec")["clusterIP"] == "None" {
			headless = d
		}
	}
	set := byKind["StatefulSet"]
	name := at[string](t, set, "spec", "serviceName")
	require.Equal(t, name, at[string](t, headless, "metadata", "name"))
	require.True(t, at[bool](t, headless, "spec", "publishNotReadyAddresses"))
	for _, labels := range []map[string]any{
		at[map[string]any](t, set, "spec", "selector", "matchLabels"), at[map[string]any](t, headless, "spec", "selector"),
		at[map[string]any](t, byKind["Service"], "spec", "selector"),
		at[map[string]any](t, byKind["PodDisruptionBudget"], "spec", "selector", "matchLabels"),
	} {
		require.Equal(t, at[map[string]any](t, set, "spec", "template", "metadata", "labels"), labels)
	}
	pod := at[map[string]any](t, set, "spec", "template", "spec")
	container := at[map[string]any](t, pod, "containers", 0)
	for _, v := range at[[]any](t, container, "env") {
		if variable := at[string](t, v, "name"); strings.HasPrefix(variable, "PARLEY_") {
			t.Setenv(variable, someSecret)
		}
	}
	args := words(at[[]any](t, container, "args"))
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "$(POD)", "parley-0")
	}
	s, err := read(t, args...)
	require.NoError(t, err)
	require.Empty(t, s.warnings)
	require.Len(t, s.ClusterRoutes, at[int](t, set, "spec", "replicas"))
	for _, r := range s.ClusterRoutes {
		require.Contains(t, r, "."+name+":6222")
	}
	require.Less(t, (s.DrainDelay + s.DrainTimeout).Seconds(), float64(at[int](t, pod, "terminationGracePeriodSeconds")))
	require.Equal(t, s.ClusterStore, at[string](t, container, "volumeMounts", 0, "mountPath"))
	require.Equal(t, "/readyz", at[string](t, container, "readinessProbe", "httpGet", "path"))
}
