import { memoryHost } from '../memory-host';
import { runMemoryWorker } from './run-memory-worker';

/** A worker whose containers are in memory, so that engines do not dominate the control plane's figures. */
void runMemoryWorker(memoryHost());
