/** What follows from MySQL's memory limit. */
import { mebibytes } from "../quantity.ts";

/** Share of the memory limit given to the buffer pool; the server itself and its connections take the rest. */
const bufferPoolShare = 0.5;

/** Memory MySQL needs besides the buffer pool, without its connections, in MiB. */
export const serverMebibytes = 160;

/** Buffers and stack of one connection, in MiB. */
export const connectionMebibytes = 1;

/** Connections kept free for Jobs, probes and the operator. */
export const reservedConnections = 20;

/** Fewest connections that are of use. */
const fewestConnections = 10;

/** Share of the volume one binary log may fill, and the server's own limit for it, in MiB. */
const binlogShare = 1 / 32;
const mostBinlogMebibytes = 1024;

/** max_binlog_size in MiB, for a volume such as `20Gi`. */
export function binlogMebibytes(volumeSize: string): number {
  return Math.min(mostBinlogMebibytes, Math.max(1, Math.floor(mebibytes(volumeSize) * binlogShare)));
}

/** innodb_buffer_pool_size in MiB, for a memory limit such as `1Gi`. */
export function bufferPoolMebibytes(memoryLimit: string): number {
  return Math.floor(mebibytes(memoryLimit) * bufferPoolShare);
}

/** The most connections that have room beside the buffer pool. */
export function connectionsInMemory(memoryLimit: string): number {
  const room = mebibytes(memoryLimit) - bufferPoolMebibytes(memoryLimit) - serverMebibytes;
  return Math.max(fewestConnections, Math.floor(room / connectionMebibytes));
}

/** The smallest memory limit for so many connections, in MiB. */
export function memoryForConnections(connections: number): number {
  return Math.ceil((serverMebibytes + connections * connectionMebibytes) / (1 - bufferPoolShare));
}
