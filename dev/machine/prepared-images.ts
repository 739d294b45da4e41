import { createHash } from 'node:crypto';
import Docker from 'dockerode';
import { initdbArguments } from '../../postgres/entrypoint';
import { SetupError } from './stages';

const label = 'slipway.prepared';
const folder = '/opt/slipway-prepared';

/**
 * Makes a data directory, and an `initdb` that copies it when it gets the arguments of the entrypoint. Other arguments
 * get the real program.
 */
const prepare = `
real=$(command -v initdb)
install -d -o postgres -g postgres ${folder} ${folder}/bin
cd ${folder}
setpriv --reuid=postgres --regid=postgres --clear-groups initdb --pgdata=${folder}/pgdata ${initdbArguments.join(' ')}
cat > bin/initdb <<END
#!/bin/bash
[ "\\$*" = "--pgdata=pgdata.new ${initdbArguments.join(' ')}" ] || exec $real "\\$@"
exec cp -r ${folder}/pgdata pgdata.new
END
chmod 755 bin/initdb
`;

/**
 * Images for tests, one of each engine image, in which a new database takes a copy in place of `initdb`: that takes a
 * second of processor time for each of hundreds of databases. All of them have the same system identifier.
 *
 * @param catalogue in the format of `SLIPWAY_ENGINE_IMAGES`, as is the result
 */
export async function ensurePreparedImages(catalogue: string, note: (text: string) => void): Promise<string> {
  const docker = new Docker();
  const pairs: string[] = [];
  // One after another: a failure ends the command, which would leave the container of another one behind.
  for (const pair of catalogue.split(',')) {
    const [version = '', image = ''] = pair.split('=');
    pairs.push(`${version}=${await ensurePrepared(docker, version, image)}`);
  }
  note(pairs.join(', '));
  return pairs.join(',');
}

async function ensurePrepared(docker: Docker, version: string, image: string): Promise<string> {
  const tag = `slipway/postgres-prepared:${version}`;
  const { Id, Config } = await docker.getImage(image).inspect();
  // As in a test that runs tests.
  if (Config.Labels?.[label] !== undefined) return image;
  const recipe = createHash('sha256').update(`${Id} ${prepare}`).digest('hex').slice(0, 12);
  if ((await labelOf(docker, tag)) === recipe) return tag;
  const container = await docker.createContainer({
    ...{ Image: image, User: 'root', Entrypoint: ['bash', '-euc', prepare], Cmd: [] },
    HostConfig: { NetworkMode: 'none' },
  });
  try {
    await container.start();
    const { StatusCode } = (await container.wait()) as { StatusCode: number };
    if (StatusCode !== 0) {
      const log = await container.logs({ stdout: true, stderr: true });
      throw new SetupError(`image ${tag} could not be prepared: ${log}`, `look whether ${image} is an engine image`);
    }
    const path = Config.Env.find((one) => one.startsWith('PATH='))?.slice('PATH='.length);
    const changes = ['ENTRYPOINT []', `ENV PATH=${folder}/bin:${path}`, `LABEL ${label}=${recipe}`];
    await container.commit({ repo: tag.split(':')[0], tag: version, changes });
  } finally {
    await container.remove({ force: true, v: true });
  }
  return tag;
}

async function labelOf(docker: Docker, image: string): Promise<string | undefined> {
  try {
    return (await docker.getImage(image).inspect()).Config.Labels?.[label];
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}
