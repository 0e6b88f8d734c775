// Command kubernetes is a Kubernetes API for tests and measurements: kube-apiserver and etcd in one
// process, on loopback. Nothing runs what is stored in it.
//
//	kubernetes serve FOLDER [FLAG...]    with these flags of kube-apiserver besides
//	kubernetes list FOLDER               reads all objects of the one that is served from there
package main

import (
	"log"
	"os"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) < 3 {
		log.Fatal("expected: serve FOLDER [FLAG...], or list FOLDER")
	}
	switch folder := os.Args[2]; os.Args[1] {
	case "serve":
		os.Exit(serve(folder, os.Args[3:]))
	case "list":
		if err := list(folder); err != nil {
			log.Fatal(err)
		}
	default:
		log.Fatalf("%s is neither serve nor list", os.Args[1])
	}
}
