/** @file How reports express the vascular labels. */

import type { LabelPhrases } from "../phrase.ts";

export const vessel = {
  "intima-media thickening": {
    en: [
      "(carotid )?intima(l)?( media)?( complex)? thick(ening|ened)",
      "thickened( carotid)? intima( media)?( complex)?",
      "(increased|increase in) (intima media thickness|imt)",
      "intima( media)? … thickened",
    ],
    zh: ["内(-|—)?(中)?膜(层|局部|毛糙)*增厚", "内中膜…增厚", "imt增厚"],
  },
  "carotid plaque": {
    en: ["(carotid |calcified |soft |mixed |atheromatous |atherosclerotic |echogenic )*plaque"],
    zh: ["(颈动脉|软|硬|混合|强回声|低回声|钙化|粥样硬化|粥样)*斑块"],
  },
  thrombus: {
    en: ["thromb(us|i|osis|oses|otic occlusion)", "dvt", "clot"],
    zh: ["(静脉|深静脉|动脉|附壁)*血栓(形成)?", "栓子"],
  },
  stenosis: {
    en: ["(carotid |arterial |luminal )*(stenosis|stenoses|narrowing)"],
    zh: ["(颈动脉|管腔|动脉|血管)*狭窄"],
  },
  "vertebral artery hypoplasia": {
    en: [
      "(hypoplastic( left| right)? vertebral artery|vertebral artery (hypoplasia|is hypoplastic)|hypoplasia of( the)?( left| right)? vertebral artery)",
      "(thin|small|narrow) vertebral artery",
    ],
    zh: ["椎动脉…(发育不良|纤细|细小|细(?!胞))"],
  },
  "vertebral occlusion": {
    en: [
      "vertebral( artery)? occlusion",
      "occlu(ded|sion of( the)?)( left| right)? vertebral( artery)?",
      "vertebral artery … occluded",
    ],
    zh: ["椎动脉…闭塞"],
  },
  "atherosclerotic changes": {
    en: [
      "atherosclero(sis|tic)( change| disease| vascular disease)?",
      "arteriosclero(sis|tic)( change)?",
      "atheroma(tous change)?",
    ],
    zh: ["(动脉)?粥样硬化(性)?(改变|病变)?", "动脉硬化(性)?(改变)?"],
  },
  calcification: {
    en: ["calcification", "calcified( arterial| vessel)? wall", "(arterial|mural) calcification"],
    zh: ["(管壁|动脉壁)?钙化(灶)?"],
  },
  "carotid aneurysm": {
    en: ["(carotid )?(artery )?(pseudo)?aneurysm", "aneurysmal dilat(at)?ion"],
    zh: ["(颈|假性)*动脉瘤", "瘤样扩张"],
  },
} as const satisfies LabelPhrases;
