package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/client-go/rest"
	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

// How long it may take to start on a busy machine.
const patience = 3 * time.Minute

// Serves until its input ends, and gives an exit code. Once it is ready its address is in the file
// `address` of the folder, and in a line of its output.
func serve(folder string, flags []string) int {
	ports, err := freePorts()
	if err != nil {
		log.Fatalf("there are no free ports: %v", err)
	}
	etcd, err := startEtcd(filepath.Join(folder, "etcd"), ports[0], ports[1])
	if err != nil {
		log.Fatalf("etcd does not start: %v", err)
	}
	if err := writeCredentials(folder); err != nil {
		log.Fatalf("the credentials cannot be written: %v", err)
	}
	address := "https://127.0.0.1:" + ports[2]
	go obey(folder, address, etcd)
	command := app.NewAPIServerCommand()
	command.SetArgs(append([]string{
		"--etcd-servers=" + etcd,
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1",
		"--secure-port=" + ports[2],
		"--cert-dir=" + folder,
		"--service-cluster-ip-range=10.0.0.0/24",
		"--service-account-issuer=https://127.0.0.1",
		"--service-account-key-file=" + filepath.Join(folder, accountsKey),
		"--service-account-signing-key-file=" + filepath.Join(folder, accountsKey),
		"--token-auth-file=" + filepath.Join(folder, tokens),
		"--client-ca-file=" + filepath.Join(folder, clientCertificate),
		"--authorization-mode=RBAC",
		"--endpoint-reconciler-type=none",
		// Nothing makes service accounts here.
		"--disable-admission-plugins=ServiceAccount",
	}, flags...))
	return cli.Run(command)
}

func freePorts() ([3]string, error) {
	var ports [3]string
	for i := range ports {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return ports, err
		}
		// All are held at once, so that no two are the same.
		defer listener.Close()
		ports[i] = strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

func startEtcd(folder, clients, peers string) (string, error) {
	config := embed.NewConfig()
	config.Dir = folder
	config.LogLevel = "error"
	config.UnsafeNoFsync = true
	config.QuotaBackendBytes = 4 << 30
	client := url.URL{Scheme: "http", Host: "127.0.0.1:" + clients}
	peer := url.URL{Scheme: "http", Host: "127.0.0.1:" + peers}
	config.ListenClientUrls, config.AdvertiseClientUrls = []url.URL{client}, []url.URL{client}
	config.ListenPeerUrls, config.AdvertisePeerUrls = []url.URL{peer}, []url.URL{peer}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	etcd, err := embed.StartEtcd(config)
	if err != nil {
		return "", err
	}
	select {
	case <-etcd.Server.ReadyNotify():
		return client.String(), nil
	case <-time.After(patience):
		return "", fmt.Errorf("it was not ready within %s", patience)
	}
}

// Waits until the API is whole: it is ready, and has the namespace that everybody uses.
func waitUntilReady(folder, address string) *http.Client {
	for start := time.Now(); time.Since(start) < patience; time.Sleep(50 * time.Millisecond) {
		client, err := rest.HTTPClientFor(settings(folder, address))
		if err != nil {
			continue
		}
		if isFine(client, address+"/readyz") && isFine(client, address+"/api/v1/namespaces/default") {
			return client
		}
	}
	log.Fatalf("the API was not ready within %s", patience)
	return nil
}

func isFine(client *http.Client, address string) bool {
	answer, err := client.Get(address)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// How whoever may do everything calls.
func settings(folder, address string) *rest.Config {
	return &rest.Config{
		Host:            address,
		BearerToken:     adminToken,
		TLSClientConfig: rest.TLSClientConfig{CAFile: filepath.Join(folder, "apiserver.crt")},
		QPS:             -1,
	}
}

func writeAddress(folder, address string) error {
	return os.WriteFile(filepath.Join(folder, "address"), []byte(address), 0o600)
}
