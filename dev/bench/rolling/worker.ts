import { memoryHost } from '../../memory-host';
import { runMemoryWorker } from '../run-memory-worker';
import { parentsHost } from './host';

/** A worker whose containers are in its parent's memory, so that they outlive it, as Docker's do. */
void runMemoryWorker(memoryHost(parentsHost()));
