/**
 * What each function of ours says, as SHA-256 of its language, kind and body (definition-rules.ts prints the one that it
 * finds). A migration that writes a body writes its digest here: whoever changes one reads it, and a body that was changed
 * on a database alone is noticed there. `app.current_workspace()` has a rule of its own, which compares the text.
 */
export const reviewedBodies: Readonly<Record<string, string>> = {
  'app.claim_dispatch(text[],integer,integer,uuid,interval)':
    'a25cad870ceb6c7f852d3380da92e7bfc58856094dd45ffd2faef856a2478f73',
  'app.dispatch_done(text,uuid)': 'c1c36059fc5d116acebd8538cf50c5b2638270c0d2e8dbbad39a667f7d98f53d',
  'app.dispatch_put(text,uuid,timestamp with time zone)':
    '3544eb560234de21ba1b8942535251e540cc51f72ab7a8e49900b1f360d6cb75',
  'app.dispatch_seal()': '59ae63e22b479cb66417267d4b7623ec03c3476da98171e6caa902ea11414e31',
  'app.dispatch_settle(text,uuid,uuid)': 'f54a7e4f6a62f9900863570e60f6af1beb84f06d06f939787d768036694a5c50',
  'app.dispatch_settle_many(text,uuid[],uuid)': '93893135f016844fa87b3dcad4cc57dbb26a089af3303fbbcdb422cc3451b497',
  'app.drop_expired_partition(text)': '140b061701af056a158c8abd792c25ee9b2b4d130e3d37ea0e2e89d9980bdca9',
  'app.ensure_partitions()': '3168c62f7da202d114fe7f1c6548c9e8385e9a6fd4bac90f8435552f18d03ef3',
  'app.installation_workspace()': '4d666280a178d71b4d6c533430c5a0cb2a14310233ab04282934df00b6202185',
  'app.keep_active_holds()': '7485e034258e957d3bb19ca29c1289a1678e32c4547311b345c395a0e047f21d',
  'app.keep_retention_bounds()': '6d2b6aa23b4575cfb6fce590da111e25d7e93ffdd00b49009bf61ede524afcfe',
  'app.keep_membership_index()': '74f59183f3ee4c8b006fde79a917f553ef6ae8bf8eaa379a6ada576b2cde262d',
  'app.knowledge_prefix(uuid,integer)': '87c07b818cb4e8173f5c056a1fa89c3283e622981c71cd569ca35a41c8d485be',
  'app.knowledge_terms(uuid,integer,regconfig,text,text)':
    'fb4e96ab34d54ddf539d0d5bd86ec97d1bf2d2becd9ee660c32a357e3f58aef2',
  'app.lease_release(uuid[],uuid)': '9be3ce3769c1fc58d43ce64b01e6a42a6028bed9738b89c821f246003de31756',
  'app.lease_renew(uuid[],uuid,interval)': '02be6d2739aea0a2ee2cc3fc79aa6323ebd8d5e490f943a72fa5b9c8ba204d7e',
  'app.lease_take(uuid[],uuid,interval)': 'ce8e16fd70047c35422815a18c40a1121f9e66b3b2dea662c0a27d38faac54dc',
  'app.limits_merge(bytea[],double precision[],double precision[])':
    '077693b8bab39e2ef5328e4e5a587cc9b7358bb4635060eec4cd5f53695e6cad',
  'app.protect_table(regclass)': '28362ebad7f78762eb3aa92c10ba3e2e5fa6069d58f9ea0575381d12363a6b13',
  'app.refuse_change()': '20595145c967eafabb938ffdfcdcae81bbeb2cfd8cc09465030eb4863ecc9452',
  'app.refuse_foreign_clock()': '21272f1f011a56aa38a61d22fbefcdde317f94345a277fc4688d150a717c0e3e',
  'app.refuse_shrinking()': '4ea1b0dc42f88799586f547ace25b774adec0507d115a72f594230b8dc7d43f2',
  'app.remember_canary()': '7f2054abee7b0ae52ba7fab4532323335113eda95827551cb7bbf230ba149f72',
  'app.remember_workspace()': 'b9c24d490021d62bd0526bdb62f869466027fd48f5de4687763f82113af9f873',
  'app.required_workspace()': 'fa6f3717f91d3aab8fa4520bebced4975ec9a06adc11f3178aafda18bb34f499',
  'app.search_knowledge(text,uuid[],integer[],regconfig[],integer)':
    '8dc937b44c136b872410fe0c2b731651b7cd0ee50d4959e5ee8821320c946752',
  'app.set_floors(jsonb)': '70bad45b4fa0c9fdff4e3b7152558cef7911c07375bb9b2b546c221e5cda350b',
  'app.signal(text,uuid)': '3b6f44e84bffed94cc939e84a23cfafc28a5e3f1212c6e0bcdb7d2d67e34bd48',
  'app.take_seals(integer)': 'fd417b7eafd28ccaa4588165d10fd18075f1eabc1fd5ac50db333d7c3263c3d2',
  'app.uuid_floor(timestamp with time zone)': '5e52ff34e107d9bc14e776d76728e272d8c1b11842ff374a79a935c44b331a62',
  'app.uuid_moment(uuid)': '1053d11200bccaed46c99986b789421ba223aa44555ef971628158fabb485eb7',
  'app.uuid_v7()': '2cb4a5f2bda3656c7b749de6ddfac2b9e6e5a6dde83ab3b230c5830e4bbc925d',
  'app.workspaces_after(uuid,integer)': '4dceec38b658fd12ea67ac3399488bcb513fd2395d60a73757c3b1b7ac273004',
  'jobs.enqueue(text,uuid)': '48c8ca0a904017e98d8498c280ef03d298326e12ae60bdbb3ec6f91f2c0bf501',
}
