package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"sync"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// What etcd is told, instead of a call: to forget all revisions but the newest.
const compact = "COMPACT"

// How many calls are under way at once.
const atOnce = 16

// A call of the administrator's.
type call struct {
	Method, Path, Type, Body string
}

type answer struct {
	Status int    `json:"status"`
	Body   string `json:"body"`
}

// Makes the calls that come in, a list at a time, and answers each list by one. The process ends with
// its input.
func obey(folder, address, etcd string) {
	client := waitUntilReady(folder, address)
	store, err := clientv3.New(clientv3.Config{Endpoints: []string{etcd}})
	if err != nil {
		log.Fatalf("etcd cannot be asked: %v", err)
	}
	if err := writeAddress(folder, address); err != nil {
		log.Fatalf("the address cannot be written: %v", err)
	}
	fmt.Println("listening on", address)
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var calls []call
		if err := in.Decode(&calls); errors.Is(err, io.EOF) {
			os.Exit(0)
		} else if err != nil {
			log.Fatalf("that is no list of calls: %v", err)
		}
		answers := make([]answer, len(calls))
		var waiting sync.WaitGroup
		free := make(chan struct{}, atOnce)
		for i, it := range calls {
			free <- struct{}{}
			waiting.Go(func() {
				answers[i] = perform(client, store, address, it)
				<-free
			})
		}
		waiting.Wait()
		if err := out.Encode(answers); err != nil {
			log.Fatalf("nobody hears the answers: %v", err)
		}
	}
}

// Makes a call; one that got no answer has status 0, and what went wrong.
func perform(client *http.Client, store *clientv3.Client, address string, it call) answer {
	status, body, err := 0, []byte(nil), error(nil)
	if it.Method == compact {
		status, err = http.StatusOK, forget(store)
	} else {
		status, body, err = send(client, address, it)
	}
	if err != nil {
		return answer{Body: err.Error()}
	}
	return answer{Status: status, Body: string(body)}
}

func send(client *http.Client, address string, it call) (int, []byte, error) {
	request, err := http.NewRequest(it.Method, address+it.Path, strings.NewReader(it.Body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Content-Type", it.Type)
	got, err := client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	return got.StatusCode, body, err
}

func forget(store *clientv3.Client) error {
	now, err := store.Get(context.Background(), "any")
	if err != nil {
		return err
	}
	_, err = store.Compact(context.Background(), now.Header.Revision)
	return err
}
