/**
 * The components in a program that has nothing else of this repository. In the checkout, then here:
 *
 *   npm pack --ignore-scripts=false   # builds dist/ and packs it
 *   npm install && pulumi up
 */
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { MySql, TraefikRoute, WordPress } from "wordpress-kubernetes";

const url = "https://blog.example.com";
const namespace = new Namespace("blog", { metadata: { name: "blog" } }).metadata.name;

const database = new MySql("blog-mysql", { namespace, storage: { storageClassName: "rook-ceph-block" } });
const blog = new WordPress("blog", { namespace, url, database, storage: { storageClassName: "csi-cephfs" } });
const service = { name: blog.serviceName, port: blog.servicePort };
const route = new TraefikRoute("blog-route", { namespace, url, service });

export const outputs = { url: route.url, adminSecretName: blog.adminSecretName };
