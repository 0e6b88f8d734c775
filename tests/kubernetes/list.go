package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
)

// How many objects kubectl asks for at once.
const pageSize = 500

// Reads what `kubectl get -A -o json` of every resource would, one after the other and page by page,
// and says how many objects there are. Secrets and events are left out, as by ecr-sweep.
func list(folder string) error {
	address, err := os.ReadFile(filepath.Join(folder, "address"))
	if err != nil {
		return err
	}
	config := settings(folder, string(address))
	discovered, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return err
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return err
	}
	groups, err := discovered.ServerPreferredResources()
	if err != nil {
		return err
	}
	objects, pages := 0, 0
	for _, group := range groups {
		version, err := schema.ParseGroupVersion(group.GroupVersion)
		if err != nil {
			return err
		}
		for _, resource := range group.APIResources {
			isLeftOut := resource.Name == "secrets" || resource.Name == "events"
			if isLeftOut || !slices.Contains(resource.Verbs, "list") {
				continue
			}
			options := metav1.ListOptions{Limit: pageSize}
			for {
				page, err := client.Resource(version.WithResource(resource.Name)).List(context.Background(), options)
				if err != nil {
					return fmt.Errorf("%s: %w", resource.Name, err)
				}
				objects, pages = objects+len(page.Items), pages+1
				if options.Continue = page.GetContinue(); options.Continue == "" {
					break
				}
			}
		}
	}
	fmt.Println(objects, "objects on", pages, "pages")
	return nil
}
