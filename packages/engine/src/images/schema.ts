import type { Schema } from '../state/state.js';

/**
 * Version 1 named platform manifests. Version 2 names targets: what a registry answers for a name, an index or a
 * manifest. The media type of an index is in its document; '' stands for it on what was pulled before version 2. Version 3
 * knows when a name was last given.
 */
export const imageSchema: Schema = {
  noun: 'images',
  migrations: [
    `CREATE TABLE images (
       manifest_digest TEXT PRIMARY KEY,
       manifest_type TEXT NOT NULL,
       config_digest TEXT NOT NULL,
       platform TEXT NOT NULL,
       added_ms INTEGER NOT NULL
     ) STRICT;
     CREATE INDEX images_by_config ON images (config_digest);
     CREATE TABLE image_names (
       name TEXT PRIMARY KEY,
       manifest_digest TEXT NOT NULL REFERENCES images (manifest_digest)
     ) STRICT;
     CREATE TABLE image_digests (
       repository TEXT NOT NULL,
       target_digest TEXT NOT NULL,
       manifest_digest TEXT NOT NULL REFERENCES images (manifest_digest) ON DELETE CASCADE,
       PRIMARY KEY (repository, target_digest)
     ) STRICT`,
    `CREATE TABLE image_manifests (
       digest TEXT PRIMARY KEY,
       media_type TEXT NOT NULL,
       config_digest TEXT NOT NULL,
       platform TEXT NOT NULL,
       unpacked INTEGER NOT NULL,
       added_ms INTEGER NOT NULL
     ) STRICT;
     CREATE INDEX image_manifests_by_config ON image_manifests (config_digest);
     INSERT INTO image_manifests
       SELECT manifest_digest, manifest_type, config_digest, platform, 1, added_ms FROM images;
     CREATE TABLE image_targets (
       digest TEXT PRIMARY KEY,
       media_type TEXT NOT NULL,
       kind TEXT NOT NULL,
       added_ms INTEGER NOT NULL,
       used_ms INTEGER NOT NULL
     ) STRICT;
     CREATE TABLE image_members (
       target TEXT NOT NULL REFERENCES image_targets (digest) ON DELETE CASCADE,
       manifest TEXT NOT NULL REFERENCES image_manifests (digest),
       PRIMARY KEY (target, manifest)
     ) STRICT, WITHOUT ROWID;
     CREATE INDEX image_members_by_manifest ON image_members (manifest);
     CREATE TABLE image_target_names (
       name TEXT PRIMARY KEY,
       target TEXT NOT NULL REFERENCES image_targets (digest)
     ) STRICT;
     CREATE INDEX image_target_names_by_target ON image_target_names (target);
     CREATE TABLE image_repository_digests (
       repository TEXT NOT NULL,
       target TEXT NOT NULL REFERENCES image_targets (digest) ON DELETE CASCADE,
       PRIMARY KEY (repository, target)
     ) STRICT, WITHOUT ROWID;
     CREATE INDEX image_repository_digests_by_target ON image_repository_digests (target);
     INSERT OR IGNORE INTO image_targets
       SELECT d.target_digest, '', 'index', i.added_ms, i.added_ms
       FROM image_digests d JOIN images i USING (manifest_digest)
       WHERE d.target_digest <> d.manifest_digest;
     INSERT OR IGNORE INTO image_targets
       SELECT manifest_digest, manifest_type, 'manifest', added_ms, added_ms FROM images i
       WHERE NOT EXISTS (
         SELECT 1 FROM image_digests d
         WHERE d.manifest_digest = i.manifest_digest AND d.target_digest <> i.manifest_digest
       ) OR EXISTS (SELECT 1 FROM image_digests d WHERE d.target_digest = i.manifest_digest);
     INSERT OR IGNORE INTO image_members
       SELECT target_digest, manifest_digest FROM image_digests
       UNION SELECT i.manifest_digest, i.manifest_digest FROM images i
       JOIN image_targets t ON t.digest = i.manifest_digest;
     INSERT INTO image_repository_digests SELECT repository, target_digest FROM image_digests;
     INSERT INTO image_target_names
       SELECT n.name, COALESCE(
         (SELECT d.target_digest FROM image_digests d WHERE d.manifest_digest = n.manifest_digest
          ORDER BY substr(n.name, 1, length(d.repository) + 1) = d.repository || ':' DESC, d.rowid DESC
          LIMIT 1),
         n.manifest_digest)
       FROM image_names n;
     DROP TABLE image_digests;
     DROP TABLE image_names;
     DROP TABLE images`,
    'ALTER TABLE image_targets ADD COLUMN tagged_ms INTEGER NOT NULL DEFAULT 0',
  ],
};
