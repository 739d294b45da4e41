export declare const dockerPackages: readonly string[];
export declare function canInstall(): boolean;
export declare function installPackages(packages: readonly string[]): Promise<void>;
export declare function isDebian(): boolean;
