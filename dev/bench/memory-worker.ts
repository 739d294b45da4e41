import { memoryHost } from '../memory-host';
import { runMemoryWorker } from './run-memory-worker';

/** A worker whose containers are in memory, so that engines do not drown the figures of the control plane. */
void runMemoryWorker(memoryHost());
