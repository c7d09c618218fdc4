// Network-policies judges the first packet of every connection by the cluster's NetworkPolicies. The packets come by
// netfilter's queue 100, into which local/cluster/node-init.sh puts what a node forwards. The project's own command
// knows no kubeconfig, and puts them there by nftables' queue expression, which not every kernel has.
package main

import (
	"context"
	"os"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
)

func main() {
	config, err := clientcmd.BuildConfigFromFlags("", os.Args[1])
	if err != nil {
		klog.Fatal(err)
	}
	client := kubernetes.NewForConfigOrDie(config)
	factory := informers.NewSharedInformerFactory(client, 0)
	controller, err := networkpolicy.NewController(
		client,
		factory.Networking().V1().NetworkPolicies(),
		factory.Core().V1().Namespaces(),
		factory.Core().V1().Pods(),
		nil, nil, nil, nil,
		// It makes nftables rules for the pods of the node it is told. There is none of this name, so it makes none.
		networkpolicy.Config{QueueID: 100, NodeName: "-"},
	)
	if err != nil {
		klog.Fatal(err)
	}
	factory.Start(context.Background().Done())
	klog.Fatal(controller.Run(context.Background()))
}
